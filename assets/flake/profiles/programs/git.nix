# Git, with commits signed by the operator's signing key, which is in the TPM.
#
# The key is for signing and nothing else: the agent that answers SSH servers does not have it. A second
# agent holds it, and only git's signing program is told where that agent listens.
{
  config,
  lib,
  pkgs,
  host,
  username,
  ...
}:
let
  user = host.users.${username};
  isOperator = user.operator;
  signs = isOperator && host.tpm.keys && host.tpm.operatorKeys;

  # A folder of its own in the operator's home, which only the operator can open: this agent offers every key in it.
  keyDirectory = "${config.xdg.dataHome}/mnemonix";
  socket = "git-signing-agent.sock";

  # Git calls this as it would call ssh-keygen.
  signingProgram = pkgs.writeShellApplication {
    name = "git-sign-with-tpm";
    runtimeInputs = [ pkgs.openssh ];
    text = ''
      export SSH_AUTH_SOCK="''${XDG_RUNTIME_DIR:?}/${socket}"
      exec ssh-keygen "$@"
    '';
  };

  allowedSigners = "${config.xdg.configHome}/git/allowed_signers";
  signingKey = host.publicKeys.user.sign.public or null;
in
{
  programs.git = {
    enable = true;
    lfs.enable = true;

    settings = {
      user = {
        name = if user.fullName == "" then username else user.fullName;
      }
      // lib.optionalAttrs (user.email != "") { inherit (user) email; };

      init.defaultBranch = "main";
      pull.rebase = true;
      push = {
        default = "current";
        autoSetupRemote = true;
      };
      fetch.prune = true;
      rebase = {
        autoStash = true;
        autoSquash = true;
      };
      # Remembers how a conflict was resolved, and shows the common ancestor of a new one.
      rerere.enabled = true;
      merge.conflictStyle = "zdiff3";
      diff = {
        algorithm = "histogram";
        colorMoved = "default";
      };
      commit.verbose = true;
      branch.sort = "-committerdate";
      # A damaged object is refused when it arrives.
      transfer.fsckObjects = true;
    }
    // lib.optionalAttrs (isOperator && signingKey != null) {
      gpg.ssh.allowedSignersFile = allowedSigners;
    };

    signing = lib.mkIf signs {
      format = "ssh";
      key = "${keyDirectory}/sign.pub";
      signByDefault = true;
      signer = lib.getExe signingProgram;
    };

    ignores = [
      ".direnv/"
      ".envrc.local"
      "*.swp"
      "result"
      "result-*"
    ];
  };

  programs.delta = {
    enable = true;
    enableGitIntegration = true;
    options = {
      navigate = true;
      line-numbers = true;
      syntax-theme = "ansi";
    };
  };

  # Commits that carry the operator's own signature are shown as good by `git log --show-signature`.
  xdg.configFile = lib.mkIf (isOperator && signingKey != null && user.email != "") {
    "git/allowed_signers".text = ''
      ${user.email} namespaces="git" ${signingKey}
    '';
  };

  systemd.user = lib.mkIf signs {
    sockets.git-signing-agent = {
      Unit.Description = "Socket of the agent that holds the signing key";
      Socket = {
        ListenStream = "%t/${socket}";
        SocketMode = "0600";
      };
      Install.WantedBy = [ "sockets.target" ];
    };
    services.git-signing-agent = {
      Unit = {
        Description = "Agent that holds the signing key of the TPM";
        Requires = [ "git-signing-agent.socket" ];
        After = [ "git-signing-agent.socket" ];
      };
      Service = {
        Environment = [ "SSH_TPM_AUTH_SOCK=%t/${socket}" ] ++ config.tpmPinPrompt.environment;
        ExecStart = "${lib.getExe pkgs.ssh-tpm-agent} --key-dir ${keyDirectory}";
        SuccessExitStatus = 2;
      };
    };
  };
}
