/// What makes a figure worthless: a packet that did not take the path that is being measured.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
