{
  perSystem = { ... }: { };
}
