internal import CLibbpf
internal import CLinux
internal import Glibc

/// A compiled object on its way into the kernel: opened, then adjusted, then loaded. Programs and maps taken from it stay when it goes.
public struct BPFObject: ~Copyable {
    private let object: OpaquePointer
    public let name: String
    /// Names of its maps, as in the source (not cut to the kernel's 15 characters), in the object's order.
    public let mapNames: [String]
    /// libbpf calls a map that is reused by the name of what it is reused for: its own name would find it no more.
    private let maps: [String: OpaquePointer]

    /// Reads an ELF object. Needs no privileges.
    public init(name: String, bytes: [UInt8]) throws(BPFError) {
        let (opened, log) = keepingLog {
            name.withCString { name in
                bytes.withUnsafeBytes { bytes in
                    var options = bpf_object_open_opts()
                    options.sz = optionsSize(upTo: \bpf_object_open_opts.object_name)
                    options.object_name = name
                    let object = bpf_object__open_mem(bytes.baseAddress, bytes.count, &options)
                    return (object: object, code: errno)
                }
            }
        }
        guard let object = opened.object else { throw BPFError(operation: "open object \(name)", code: opened.code, log: log) }
        var names: [String] = []
        var maps: [String: OpaquePointer] = [:]
        var map = bpf_object__next_map(object, nil)
        while let current = map {
            names.append(String(cString: bpf_map__name(current)))
            maps[String(cString: bpf_map__name(current))] = current
            map = bpf_object__next_map(object, current)
        }
        mapNames = names
        self.maps = maps
        self.object = object
        self.name = name
    }

    deinit { bpf_object__close(object) }

    /// Names of its programs: their functions.
    public var programNames: [String] {
        var names: [String] = []
        var program = bpf_object__next_program(object, nil)
        while let current = program {
            names.append(String(cString: bpf_program__name(current)))
            program = bpf_object__next_program(object, current)
        }
        return names
    }

    /// What the object says of one of its maps; after `load`, what was made of it.
    public func definition(ofMap name: String) throws(BPFError) -> MapDefinition {
        let map = try find(map: name)
        return MapDefinition(
            name: name, kind: .init(rawValue: bpf_map__type(map).rawValue), keySize: Int(bpf_map__key_size(map)),
            valueSize: Int(bpf_map__value_size(map)), maxEntries: Int(bpf_map__max_entries(map)), flags: .init(rawValue: bpf_map__map_flags(map)))
    }

    /// Before `load`: how many entries the map shall have.
    public func setMaxEntries(_ count: Int, ofMap name: String) throws(BPFError) {
        guard let entries = UInt32(exactly: count) else {
            throw BPFError(operation: "give map \(name) of \(self.name) \(count) entries", code: EINVAL)
        }
        try check(bpf_map__set_max_entries(find(map: name), entries), "give map \(name) of \(self.name) \(count) entries")
    }

    /// Before `load`: the object uses this map instead of one of its own.
    /// - Throws: EINVAL when kind or sizes are not those that the object's programs were compiled for.
    public func reuse(_ map: borrowing BPFMap, asMap name: String) throws(BPFError) {
        let wanted = try definition(ofMap: name)
        guard wanted.kind == map.kind, wanted.keySize == map.keySize, wanted.valueSize == map.valueSize, wanted.flags == map.flags else {
            let found = MapDefinition(map)
            throw BPFError(operation: "use map \(map.name) (\(found.layout)) as map \(name) of \(self.name) (\(wanted.layout))", code: EINVAL)
        }
        let target = try find(map: name)
        let (code, log) = keepingLog { bpf_map__reuse_fd(target, map.descriptor.number) }
        try check(code, log: log, "use map \(map.name) as map \(name) of \(self.name)")
    }

    /// Before `load`: what a map of global data, such as `.rodata`, holds at first.
    /// - Parameter map: the section's name (`.rodata`) or the map's.
    public func withInitialValue(ofMap name: String, _ body: (UnsafeMutableRawBufferPointer) -> Void) throws(BPFError) {
        var size = 0
        guard let value = try bpf_map__initial_value(find(map: name), &size) else {
            throw BPFError(operation: "set the data of map \(name) of \(self.name)", code: EINVAL)
        }
        body(UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(mutating: value), count: size))
    }

    /// Before `load`: whether the program is loaded with the others.
    public func setAutoload(_ wanted: Bool, ofProgram name: String) throws(BPFError) {
        try check(bpf_program__set_autoload(find(program: name), wanted), "choose program \(name) of \(self.name)")
    }

    /// Creates the maps and loads the programs.
    /// - Throws: with the verifier's log when it refuses a program.
    public func load() throws(BPFError) {
        let (code, log) = keepingLog { bpf_object__load(object) }
        try check(code, log: log, "load object \(name)")
    }

    /// After `load`: an owner of the program.
    public func program(named name: String) throws(BPFError) -> BPFProgram {
        let number = try bpf_program__fd(find(program: name))
        try check(number, "take program \(name) of \(self.name), which is not loaded")
        return try BPFProgram(taking: OwnedDescriptor(try check(duplicate(number), "take program \(name) of \(self.name)")))
    }

    /// After `load`: an owner of the map.
    public func map(named name: String) throws(BPFError) -> BPFMap {
        let number = try bpf_map__fd(find(map: name))
        try check(number, "take map \(name) of \(self.name), which is not loaded")
        return try BPFMap(taking: OwnedDescriptor(try check(duplicate(number), "take map \(name) of \(self.name)")))
    }

    private func duplicate(_ number: Int32) -> Int32 { withErrno(fcntl(number, F_DUPFD_CLOEXEC, 3)) }

    private func find(map name: String) throws(BPFError) -> OpaquePointer {
        // Sections of global data have names of their own, which a lookup by section understands.
        guard let map = maps[name] ?? bpf_object__find_map_by_name(object, name) else {
            throw BPFError(operation: "find map \(name) in object \(self.name)", code: ENOENT)
        }
        return map
    }

    private func find(program name: String) throws(BPFError) -> OpaquePointer {
        guard let program = bpf_object__find_program_by_name(object, name) else {
            throw BPFError(operation: "find program \(name) in object \(self.name)", code: ENOENT)
        }
        return program
    }
}

/// What a map is made as.
public struct MapDefinition: Equatable, Sendable {
    public let name: String
    public let kind: BPFMap.Kind
    /// Bytes.
    public let keySize: Int
    /// Bytes.
    public let valueSize: Int
    public let maxEntries: Int
    public let flags: BPFMap.Flags

    var layout: String { "\(kind), key \(keySize), value \(valueSize) bytes, flags \(flags.rawValue)" }
}

extension MapDefinition {
    public init(_ map: borrowing BPFMap) {
        self.init(name: map.name, kind: map.kind, keySize: map.keySize, valueSize: map.valueSize, maxEntries: map.maxEntries, flags: map.flags)
    }
}
