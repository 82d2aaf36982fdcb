// Package steps holds the vocabulary of mnemonix: what the machine is, what
// the operator chose, what is going to happen, and the shape of a step.
//
// Its rules:
//
//   - Facts -> Answers -> Plan -> Apply. Facts are detected, Answers are
//     asked, the Plan is computed and touches nothing, Apply executes it.
//   - Everything here is plain data. Facts and Plan go to JSON and back,
//     Answers to YAML and back; Secrets go nowhere.
//   - A step never draws and never asks which situation it is in: the flows
//     choose lists of steps, not branches inside them.
//   - Sizes and offsets are bytes, always. A unit stands in a name only
//     where it is not bytes.
//   - A disk is known by what its maker and its contents say of it (by-id
//     name, serial, WWN, size, hash of its partition table). The name that
//     the kernel gave it is a fact of this boot and identifies nothing.
package steps
