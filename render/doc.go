// Package render makes the files of a flake from answers, facts and public
// keys: it prints data, and copies everything that is logic.
//
// Its rules:
//
//   - The same input gives the same files, byte for byte, in the order of
//     their paths. Nothing is read, nothing is run, no clock is looked at.
//   - Static Nix comes from assets/flake as it is. What differs from host to
//     host is data: lib/constants.nix and the files below hosts/NAME. There
//     are no templates of Nix code.
//   - Every Nix file is printed by one printer (nix.go), which escapes
//     everything that a person may have typed.
//   - No secret comes in, so none can come out. Without public keys the flake
//     is complete but for .sops.yaml and keys/, and still evaluates.
package render
