import CLibyaml

/// What libyaml's parser reports, in Swift's own values.
enum Event {
    case streamStart, streamEnd, documentStart, documentEnd, sequenceEnd, mappingEnd
    case alias(String)
    case scalar(text: String, style: YAMLScalar.Style, tag: String?, anchor: String?)
    case sequenceStart(tag: String?, anchor: String?)
    case mappingStart(tag: String?, anchor: String?)
}

/// Owns a libyaml parser over bytes that the caller keeps alive.
struct EventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeBufferPointer<UInt8>
    private let file: String
    private let surrogates: JSONSurrogates

    /// - Parameters:
    ///   - input: must outlive the reader. UTF-8, or UTF-16 with a byte order mark.
    ///   - surrogates: what was done to the text before, for the sake of positions.
    init(_ input: UnsafeBufferPointer<UInt8>, file: String, surrogates: JSONSurrogates) throws(YAMLError) {
        self.input = input
        self.file = file
        self.surrogates = surrogates
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLError(file: file, position: YAMLPosition(line: 1, column: 1), message: "no memory to read it")
        }
        yaml_parser_set_input_string(parser, input.baseAddress ?? UnsafePointer(bitPattern: 1), input.count)
    }

    deinit {
        // Harmless on a parser whose initialisation failed: libyaml leaves it zeroed.
        yaml_parser_delete(parser)
        parser.deinitialize(count: 1)
        parser.deallocate()
    }

    /// The next event and where it begins.
    mutating func next() throws(YAMLError) -> (event: Event, position: YAMLPosition) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        return (Self.convert(event), position(event.start_mark))
    }

    private static func convert(_ event: yaml_event_t) -> Event {
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let characters = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                text: String(decoding: characters, as: UTF8.self), style: YAMLScalar.Style(scalar.style), tag: text(scalar.tag),
                anchor: text(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            return .sequenceStart(tag: text(event.data.sequence_start.tag), anchor: text(event.data.sequence_start.anchor))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            return .mappingStart(tag: text(event.data.mapping_start.tag), anchor: text(event.data.mapping_start.anchor))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        // After its last event the parser goes on reporting none.
        default: return .streamEnd
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func failure() -> YAMLError {
        let parser = parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "cannot be read"
        switch parser.error {
        case YAML_MEMORY_ERROR:
            return YAMLError(file: file, position: YAMLPosition(line: 1, column: 1), message: "no memory to read it")
        case YAML_READER_ERROR:
            // Marks are not kept for bytes that are not text: count up to the offset.
            let value = parser.problem_value >= 0 ? " (0x\(String(parser.problem_value, radix: 16)))" : ""
            return YAMLError(file: file, position: position(ofByte: parser.problem_offset), message: problem + value)
        default:
            let context = parser.context.map { String(cString: $0) }
            let start = position(parser.context_mark)
            let place = context == nil || start == position(parser.problem_mark) ? "" : " that begins at line \(start.line), column \(start.column)"
            return YAMLError(
                file: file, position: position(parser.problem_mark), message: problem + (context.map { " (\($0)\(place))" } ?? ""))
        }
    }

    /// libyaml counts from 0.
    private func position(_ mark: yaml_mark_t) -> YAMLPosition {
        surrogates.original(YAMLPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1))
    }

    private func position(ofByte offset: Int) -> YAMLPosition {
        let before = input.prefix(max(0, offset))
        let lines = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = lines.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
        return YAMLPosition(line: max(1, lines.count), column: last.unicodeScalars.count + 1)
    }
}

extension YAMLScalar.Style {
    fileprivate init(_ style: yaml_scalar_style_t) {
        self =
            switch style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
    }
}
