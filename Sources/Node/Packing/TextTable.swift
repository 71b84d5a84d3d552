/// Finds texts among those that lie in bytes already, without a copy of any.
struct TextTable {
    private struct Text {
        let hash: UInt64
        let start: Int
        let count: Int
    }

    private var texts: [Text] = []
    /// Places in `texts` and one more, by hash; 0 is free. Never more than half full, its count a power of two.
    private var slots = [UInt32](repeating: 0, count: 64)
    /// Of the text that was last asked for.
    private var asked: UInt64 = 0

    /// - Returns: nil when it is new, and can be added.
    mutating func place(of text: UnsafeRawBufferPointer, in bytes: [UInt8]) -> Int? {
        asked = Self.hash(text)
        var slot = Int(truncatingIfNeeded: asked) & (slots.count - 1)
        while slots[slot] != 0 {
            let found = texts[Int(slots[slot]) - 1]
            if found.hash == asked, found.count == text.count,
                bytes.withUnsafeBytes({ $0[found.start..<(found.start + found.count)].elementsEqual(text) })
            {
                return Int(slots[slot]) - 1
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Adds the text that was asked for, which is to be put into the bytes now.
    mutating func add(at start: Int, count: Int) {
        texts.append(Text(hash: asked, start: start, count: count))
        if texts.count * 2 > slots.count {
            slots = [UInt32](repeating: 0, count: slots.count * 4)
            for place in texts.indices { put(place) }
        } else {
            put(texts.count - 1)
        }
    }

    private mutating func put(_ place: Int) {
        var slot = Int(truncatingIfNeeded: texts[place].hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(place + 1)
    }

    /// Eight bytes at a time (the multiplication of wyhash). That whoever writes labels can make many of one hash costs him his own time.
    private static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(text.count) ^ 0xa076_1d64_78bd_642f
        func mix(_ word: UInt64) {
            let (high, low) = (hash ^ word).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
            hash = high ^ low
        }
        var place = 0
        while place + 8 <= text.count {
            mix(text.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var rest: UInt64 = 0
        while place < text.count {
            rest = rest << 8 | UInt64(text[place])
            place += 1
        }
        mix(rest)
        return hash
    }
}
