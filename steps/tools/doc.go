// Package tools knows the programs that mnemonix calls: one file a program.
//
// Its rules:
//
//   - A file says which arguments the program gets and reads what it prints;
//     nothing here starts a program, nothing here decides what to do.
//   - Arguments are lists, never shell strings. A device is given by a path
//     that begins with a slash, so that no name is taken for an option.
//   - What a program prints is input like any other: strange types, missing
//     keys and broken text are errors or empty values, never a panic.
package tools
