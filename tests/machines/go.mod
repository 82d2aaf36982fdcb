// The recorded machines are a module of their own and empty as such: names
// with colons, which /sys is full of, may not be in the zip of a module, and
// this keeps them out of the zip of mnemonix.
module codeberg.org/mnemonix/mnemonix/tests/machines

go 1.26.0
