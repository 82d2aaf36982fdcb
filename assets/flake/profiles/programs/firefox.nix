# The browser: tracking protection strict, nothing sent home, the policies that an administrator would set.
{
  programs.firefox = {
    enable = true;

    policies = {
      DisableTelemetry = true;
      DisableFirefoxStudies = true;
      DisablePocket = true;
      DontCheckDefaultBrowser = true;
      NoDefaultBookmarks = true;
      # Updates come with the system.
      DisableAppUpdate = true;
      HttpsOnlyMode = "enabled";
      EnableTrackingProtection = {
        Value = true;
        Cryptomining = true;
        Fingerprinting = true;
      };
      FirefoxHome = {
        SponsoredTopSites = false;
        SponsoredPocket = false;
      };
      ExtensionSettings."uBlock0@raymondhill.net" = {
        installation_mode = "normal_installed";
        install_url = "https://addons.mozilla.org/firefox/downloads/latest/ublock-origin/latest.xpi";
      };
    };

    profiles.default = {
      isDefault = true;
      settings = {
        "browser.contentblocking.category" = "strict";
        "browser.startup.page" = 3;
        "browser.urlbar.suggest.quicksuggest.sponsored" = false;
        "privacy.globalprivacycontrol.enabled" = true;
        "media.ffmpeg.vaapi.enabled" = true;
      };
    };
  };
}
