import Testing

@Suite struct CompilerTestsPlaceholder {}
