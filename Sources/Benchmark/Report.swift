import YAML

/// Figures as people and as programs read them.
struct Report {
    struct Row {
        let name: String
        let unit: String
        /// Median over the rounds.
        let value: Double
        /// The least of the rounds, where less is better.
        var minimum: Double?
        /// What it is held against.
        var against: String?
        /// Value over that one's value, from the same rounds.
        var ratio: Double?
    }

    let machine: String
    var rows: [Row] = []

    init(machine: String) { self.machine = machine }

    /// Established packets may cost this many empty programs.
    static let establishedLimit = 5.0

    /// Rows that break a promise.
    var overLimit: [Row] {
        rows.filter { $0.name.hasPrefix("packet.established.") && $0.against == BenchmarkCase.empty && $0.ratio ?? 0 > Self.establishedLimit }
    }

    var json: String {
        let cases = rows.map { row -> StructuredValue in
            var fields: [StructuredValue.Field] = [
                .init("name", .string(row.name)), .init("unit", .string(row.unit)), .init("value", .double(Self.rounded(row.value))),
            ]
            if let against = row.against, let ratio = row.ratio {
                fields += [.init("against", .string(against)), .init("ratio", .double(Self.rounded(ratio, 1000)))]
            }
            if let minimum = row.minimum { fields.append(.init("minimum", .double(Self.rounded(minimum)))) }
            return .object(fields)
        }
        let value: StructuredValue = ["machine": .string(machine), "cases": .array(cases)]
        return value.json(pretty: true) + "\n"
    }

    var text: String {
        let header = ["CASE", "VALUE", "UNIT", "MIN", "RATIO", "AGAINST"]
        let lines =
            [header]
            + rows.map { row in
                [
                    row.name, Self.fixed(row.value, row.value < 10 ? 3 : 1), row.unit, row.minimum.map { Self.fixed($0, $0 < 10 ? 3 : 1) } ?? "",
                    row.ratio.map { Self.fixed($0, 3) } ?? "", row.against ?? "",
                ]
            }
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var output = "\(machine)\n\n"
        for line in lines {
            let cells = line.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                // Numbers to the right, words to the left.
                return [1, 3, 4].contains(column) ? space + cell : cell + space
            }
            var row = cells.joined(separator: "  ")
            while row.last == " " { row.removeLast() }
            output += row + "\n"
        }
        return output
    }

    private static func rounded(_ value: Double, _ scale: Double = 100) -> Double { (value * scale).rounded() / scale }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = digits == 1 ? 10 : 1000
        let scaled = Int((value * Double(scale)).rounded()), rest = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}
