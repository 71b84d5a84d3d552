import Testing

@Suite struct ModelTestsPlaceholder {}
