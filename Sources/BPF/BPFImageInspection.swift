internal import CLibelf
internal import Glibc

/// What an ELF object of eBPF programs holds, read without asking the kernel.
public struct BPFImageInspection: Equatable, Sendable {
    /// A section of the object.
    public struct Section: Equatable, Sendable {
        public let name: String
        /// Bytes.
        public let size: Int
        /// Holds instructions.
        public let isCode: Bool
    }

    /// A program.
    public struct Program: Equatable, Sendable {
        /// Its function.
        public let name: String
        /// What it is for: `tc`.
        public let section: String
        /// Of 8 bytes each, functions that it calls not counted.
        public let instructions: Int
    }

    /// In the object's order.
    public let sections: [Section]
    /// Sorted by name.
    public let programs: [Program]
    /// Names, sorted. Global data, which libbpf makes maps of too, is not among them.
    public let maps: [String]
    /// What the object claims; programs that call GPL-only helpers need a fitting one.
    public let license: String?

    /// - Throws: ENOEXEC when the bytes are no object of eBPF programs, with what libelf says of them.
    public init(name: String, bytes: [UInt8]) throws(BPFError) {
        var copy = bytes
        let found = copy.withUnsafeMutableBytes { Self.read($0) }
        switch found {
        case .success(let inspection): self = inspection
        case .failure(let reason): throw BPFError(operation: "read object \(name)", code: ENOEXEC, log: reason.text)
        }
    }

    private init(sections: [Section], programs: [Program], maps: [String], license: String?) {
        self.sections = sections
        self.programs = programs.sorted { $0.name < $1.name }
        self.maps = maps.sorted()
        self.license = license
    }

    private struct Reason: Error {
        let text: String
        /// What libelf found wrong last.
        static var ofLibelf: Reason { Reason(text: elf_errmsg(elf_errno()).map { String(cString: $0) } ?? "no ELF object") }
    }

    private static func read(_ memory: UnsafeMutableRawBufferPointer) -> Result<BPFImageInspection, Reason> {
        elf_version(UInt32(EV_CURRENT))
        guard let start = memory.baseAddress, let elf = elf_memory(start.assumingMemoryBound(to: CChar.self), memory.count)
        else { return .failure(.ofLibelf) }
        defer { elf_end(elf) }
        var header = GElf_Ehdr()
        guard gelf_getehdr(elf, &header) != nil else { return .failure(.ofLibelf) }
        guard Int32(header.e_machine) == EM_BPF else { return .failure(Reason(text: "not compiled for eBPF")) }
        var namesIndex = 0
        guard elf_getshdrstrndx(elf, &namesIndex) == 0 else { return .failure(.ofLibelf) }

        // By number, from 1.
        var sections: [Section] = [Section(name: "", size: 0, isCode: false)]
        var license: String?
        var symbols: (data: UnsafeMutablePointer<Elf_Data>, names: Int)?
        var current = elf_nextscn(elf, nil)
        while let section = current {
            var header = GElf_Shdr()
            guard gelf_getshdr(section, &header) != nil else { return .failure(.ofLibelf) }
            let name = elf_strptr(elf, namesIndex, Int(header.sh_name)).map { String(cString: $0) } ?? ""
            sections.append(Section(name: name, size: Int(clamping: header.sh_size), isCode: header.sh_flags & UInt64(SHF_EXECINSTR) != 0))
            if header.sh_type == UInt32(SHT_SYMTAB), let data = elf_getdata(section, nil) { symbols = (data, Int(header.sh_link)) }
            if name == "license", let data = elf_getdata(section, nil), let text = data.pointee.d_buf {
                license = String(decoding: UnsafeRawBufferPointer(start: text, count: data.pointee.d_size).prefix { $0 != 0 }, as: UTF8.self)
            }
            current = elf_nextscn(elf, section)
        }

        // libelf takes an object that was cut short for one with fewer sections.
        guard sections.count == Int(header.e_shnum) else { return .failure(Reason(text: "cut short")) }

        var programs: [Program] = []
        var maps: [String] = []
        if let symbols {
            var index: Int32 = 0
            var symbol = GElf_Sym()
            while gelf_getsym(symbols.data, index, &symbol) != nil {
                index += 1
                let type = Int32(symbol.st_info & 0xf)
                let isGlobal = symbol.st_info >> 4 == UInt8(STB_GLOBAL)
                guard isGlobal, Int(symbol.st_shndx) < sections.count, let text = elf_strptr(elf, symbols.names, Int(symbol.st_name))
                else { continue }
                let section = sections[Int(symbol.st_shndx)]
                // Functions in .text are called by programs and are none.
                if type == STT_FUNC, section.isCode, section.name != ".text" {
                    programs.append(Program(name: String(cString: text), section: section.name, instructions: Int(clamping: symbol.st_size) / 8))
                } else if type == STT_OBJECT, section.name == ".maps" {
                    maps.append(String(cString: text))
                }
            }
        }
        return .success(BPFImageInspection(sections: Array(sections.dropFirst()), programs: programs, maps: maps, license: license))
    }
}
