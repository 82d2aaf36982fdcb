# GitHub from the command line. Git itself goes over SSH, with the key in the TPM.
{
  programs.gh = {
    enable = true;
    settings.git_protocol = "ssh";
    # Would put a token between git and the server.
    gitCredentialHelper.enable = false;
  };
}
