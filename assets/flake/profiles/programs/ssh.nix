# SSH with the operator's key in the TPM. ssh-tpm-agent takes the key from ~/.ssh/id_ecdsa.tpm, which is of
# no use on another machine, and passes every other question on to the ordinary agent.
{
  config,
  lib,
  host,
  username,
  ...
}:
let
  inherit (host.users.${username}) operator;
  hasTpmKey = operator && host.tpm.keys && host.tpm.operatorKeys;
in
{
  imports = [ ./tpm-pin-prompt.nix ];

  services.ssh-agent.enable = true;
  services.ssh-tpm-agent.enable = hasTpmKey;
  systemd.user.services.ssh-tpm-agent = lib.mkIf hasTpmKey {
    Service.Environment = lib.mkForce (
      [ "SSH_TPM_AUTH_SOCK=%t/ssh-tpm-agent.sock" ] ++ config.tpmPinPrompt.environment
    );
  };

  programs.ssh = {
    enable = true;
    # The defaults of Home Manager are going away: what is wanted stands here.
    enableDefaultConfig = false;

    matchBlocks."*" = {
      # A server that was broken into could use an agent that is forwarded to it.
      forwardAgent = false;
      addKeysToAgent = "no";
      compression = false;
      hashKnownHosts = true;
      userKnownHostsFile = "~/.ssh/known_hosts";
      serverAliveInterval = 30;
      serverAliveCountMax = 3;
      # One connection carries what follows within ten minutes: the PIN is asked for once.
      controlMaster = "auto";
      controlPath = "~/.ssh/master-%C";
      controlPersist = "10m";
      extraOptions = {
        StrictHostKeyChecking = "ask";
        # Host keys that a server announces are learnt after the first one was checked.
        UpdateHostKeys = "yes";
      };
    }
    // lib.optionalAttrs hasTpmKey { identityFile = "~/.ssh/id_ecdsa.pub"; };
  };
}
