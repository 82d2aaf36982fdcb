# luks-tpm-enrol [--boot]: lets the TPM unlock this machine's disk.
#
# The key is sealed to PCR 7 (the firmware's Secure Boot keys) and to PCR 15 being zero, which it is only
# until the encrypted root is opened. Each protects something that the other does not:
#
#   - without Secure Boot, PCR 7 is the same for any kernel, so an attacker's own kernel would get the key;
#   - without PCR 15, a file system that an attacker puts in the place of the encrypted root would be started
#     by our own signed kernel, and would get the key;
#   - if nothing measures the opening of the root (plain systemd-boot does not), PCR 15 stays zero for ever
#     and the second protection does not exist.
#
# So "tpm" is enrolled only when Secure Boot is enforced and PCR 15 was measured in this very boot; "tpm-pin"
# also without, because the PIN stands in the attacker's way. Otherwise this says what is missing, changes
# nothing and is tried again at the next boot. It never fails a boot: the passphrase always works.
#
# Who accepted less gets it: with "tpm-without-secure-boot" the TPM keeps the disk from those who take it out of
# the machine, and from nobody who has the machine.
#
# With --boot it runs as a unit: the passphrase typed in the initrd is taken from the kernel's keyring, and
# questions give up after a while. By hand it also replaces an old seal, after a cleared TPM for example.
#
# Set by the caller: LUKS_DEVICE, LUKS_NAME, UNLOCK (tpm, tpm-pin, tpm-without-secure-boot), LOADER, STATE (a
# folder on the encrypted root). STATE/luks-first-boot.key, when it exists, is a key of the disk that was made for this one use.

efivars=${EFIVARS:-/sys/firmware/efi/efivars}
pcrs=${PCRS:-/sys/class/tpm/tpm0/pcr-sha256}
global=8be4df61-93ca-11d2-aa0d-00e098032b8c
zeros=0000000000000000000000000000000000000000000000000000000000000000
work=${RUN:-/run}/luks-tpm-enrol
boot=false
[[ ${1:-} == --boot ]] && boot=true

# What was found is kept for whoever asks later (mnemonix status), and printed.
tell() {
  printf '%s\n' "$1" >"$work/status"
  printf 'luks-tpm-enrol: %s\n' "$1" >&2
}

# Not now: nothing was changed, and the passphrase goes on working.
later() {
  tell "not enrolled: $1"
  $boot && exit 0
  exit 1
}

# efivar NAME: the byte of a firmware variable of one byte; "absent" when there is none.
efivar() {
  local file=$efivars/$1-$global
  [[ -r $file ]] || { echo absent && return; }
  # Four bytes of attributes come first.
  od -An -t u1 -j 4 -N 1 "$file" | tr -d ' \n'
}

ask() {
  local cached=()
  if $boot && [[ $1 == first ]]; then cached=(--accept-cached --keyname=cryptsetup); fi
  systemd-ask-password -n --timeout=120 "${cached[@]}" \
    "Disk passphrase, once more, so that the TPM can unlock the disk from now on:"
}

opens() {
  cryptsetup open --test-passphrase --batch-mode --key-file "$1" "$LUKS_DEVICE" 2>/dev/null
}

if [[ ! -w $LUKS_DEVICE ]]; then
  echo "luks-tpm-enrol: cannot write to $LUKS_DEVICE; this needs root: sudo luks-tpm-enrol" >&2
  exit 1
fi
mkdir -p "$work"
chmod 700 "$work"
umask 077
# /run is memory: the passphrase is on no disk, and gone after this.
trap 'rm -f "$work/key"' EXIT

[[ -d $pcrs ]] || later "there is no TPM 2.0 (is it switched on in the firmware?)"

# A root that is found by any other name could be another one of that name. A PIN stands in the way of that.
root=$(findmnt -n -o SOURCE /)
[[ $UNLOCK == tpm-pin || $root == "/dev/mapper/$LUKS_NAME" || $root == "/dev/mapper/${LUKS_NAME}["* ]] ||
  later "the root file system is $root, which is not the unlocked disk itself (/dev/mapper/$LUKS_NAME); use boot.unlock = tpm-pin"

if [[ $UNLOCK == tpm || $LOADER == lanzaboote ]]; then
  [[ $(efivar SetupMode) != 1 ]] ||
    later "Secure Boot is in setup mode; its keys are enrolled at the next boot"
  [[ $(efivar SecureBoot) == 1 ]] ||
    later "Secure Boot is not enforced (switch it on in the firmware)"
fi

if [[ $UNLOCK == tpm ]]; then
  pcr15=$(tr -d ' \n' <"$pcrs/15")
  [[ $pcr15 != "$zeros" ]] ||
    later "the boot did not measure the opening of the disk (PCR 15 is zero); use boot.loader = lanzaboote, or boot.unlock = tpm-pin"
fi

oneShot=$STATE/luks-first-boot.key
if [[ -f $oneShot ]] && opens "$oneShot"; then
  key=$oneShot
else
  key=$work/key
  for try in first second third; do
    ask "$try" >"$key" || later "no passphrase was given; run it by hand: sudo luks-tpm-enrol"
    if opens "$key"; then break; fi
    : >"$key"
  done
  [[ -s $key ]] || later "the passphrase does not open $LUKS_DEVICE"
fi

options=(--wipe-slot=tpm2 --tpm2-device=auto "--tpm2-pcrs=7+15:sha256=$zeros")
[[ $UNLOCK == tpm-pin ]] && options+=(--tpm2-with-pin=yes)
systemd-cryptenroll --unlock-key-file="$key" "${options[@]}" "$LUKS_DEVICE" ||
  later "systemd-cryptenroll failed on $LUKS_DEVICE ($LUKS_NAME)"

mkdir -p "$STATE"
: >"$STATE/luks-tpm-enrolled"
if [[ $key == "$oneShot" ]]; then
  cryptsetup luksRemoveKey --batch-mode "$LUKS_DEVICE" "$oneShot"
fi
if [[ -f $oneShot ]]; then shred -u "$oneShot"; fi
weak=
[[ $UNLOCK != tpm-without-secure-boot ]] ||
  weak="; without Secure Boot, as was accepted: whoever starts another kernel on this machine gets the key"
tell "enrolled: from the next boot on the TPM unlocks $LUKS_NAME$weak"
