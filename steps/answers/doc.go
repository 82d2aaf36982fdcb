// Package answers reads, checks, changes and writes the answers file.
//
// Its rules:
//
//   - A rule is written once. What a single value may be stands in the tags
//     of steps.Answers, in the table of formats here, or in the catalog; the
//     JSON Schema is made of these three and is what checks a file. What
//     several values must be together stands in rules.go.
//   - Every skin goes through the same rules: a file through Read, a page of
//     the wizard and a typed line through Set.
//   - All faults are reported in one go, each with its line, the path of its
//     key, and what is allowed. A fault never repeats a value that could be
//     a secret.
//   - A file is data, not a program: aliases, anchors, merge keys, tags,
//     several documents and a key twice are refused, and so is anything over
//     one mebibyte, before its content is looked at.
package answers
