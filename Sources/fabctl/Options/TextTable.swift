/// A table for people: columns aligned by spaces, no trailing ones, header in capitals.
struct TextTable {
    private var rows: [[String]]

    init(_ columns: [String]) { rows = [columns] }

    /// An empty cell is shown as `-`, so that columns can be counted.
    mutating func add(_ cells: [String]) { rows.append(cells.map { $0.isEmpty ? "-" : $0 }) }

    var text: String {
        var widths: [Int] = []
        for row in rows {
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        var out = ""
        for row in rows {
            for (index, cell) in row.enumerated() {
                out += cell
                if index < row.count - 1 { out += String(repeating: " ", count: widths[index] - cell.count + 3) }
            }
            out += "\n"
        }
        return out
    }
}
