import YAML

/// Figures as people and as programs read them.
struct Report {
    struct Row {
        let name: String
        let figure: Figure
        /// What it is held against.
        let against: String
        /// Median over that case's median, from the same rounds.
        let ratio: Double
    }

    let machine: String
    let rows: [Row]

    init(machine: String, cases: [BenchmarkCase], figures: [String: Figure]) {
        self.machine = machine
        rows = cases.compactMap { measured in
            guard let figure = figures[measured.name], let base = figures[measured.against], base.median > 0 else { return nil }
            return Row(
                name: measured.name, figure: figure, against: Self.description(measured.against),
                ratio: figure.median / base.median)
        }
    }

    /// Established packets may cost this many empty programs.
    static let establishedLimit = 5.0

    /// Rows that break a promise.
    var overLimit: [Row] { rows.filter { $0.name.hasPrefix("packet.established.") && $0.ratio > Self.establishedLimit } }

    var json: String {
        let cases = rows.map { row -> StructuredValue in
            [
                "name": .string(row.name), "unit": "ns", "value": .double(Self.rounded(row.figure.median)),
                "against": .string(row.against), "ratio": .double(Self.rounded(row.ratio)),
                "minimum": .double(Self.rounded(row.figure.minimum)),
            ]
        }
        let value: StructuredValue = ["machine": .string(machine), "cases": .array(cases)]
        return value.json(pretty: true) + "\n"
    }

    var text: String {
        let header = ["CASE", "NS", "MIN", "RATIO", "AGAINST"]
        let lines =
            [header]
            + rows.map { row in
                [
                    row.name, Self.fixed(row.figure.median, 1), Self.fixed(row.figure.minimum, 1), Self.fixed(row.ratio, 2),
                    row.against,
                ]
            }
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var output = "\(machine)\n\n"
        for line in lines {
            let cells = line.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                // Numbers to the right, words to the left.
                return (1...3).contains(column) ? space + cell : cell + space
            }
            var row = cells.joined(separator: "  ")
            while row.last == " " { row.removeLast() }
            output += row + "\n"
        }
        return output
    }

    private static func description(_ name: String) -> String {
        name == BenchmarkCase.emptySingle ? "empty program, single run" : "empty program"
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = digits == 1 ? 10 : 100
        let scaled = Int((value * Double(scale)).rounded()), rest = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}
