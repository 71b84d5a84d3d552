internal import BPF
internal import CLinux
internal import Glibc

/// A live observer's place among those that a node serves at once. Free again as soon as its owner goes, however that happens.
public struct ObserverSlot: ~Copyable, Sendable {
    public let index: Int
    private let lock: OwnedDescriptor

    fileprivate init(index: Int, lock: consuming OwnedDescriptor) {
        self.index = index
        self.lock = lock
    }

    deinit { flock(lock.number, LOCK_UN) }
}

extension Root {
    /// Takes a free slot.
    /// - Parameter count: how many there are.
    /// - Throws: `busy` when all are taken.
    public func claimObserverSlot(of count: Int) throws(StoreError) -> ObserverSlot {
        for index in 0..<count {
            if let slot = try claim(index) { return slot }
        }
        throw .busy(what: "\(count) observers are at work on \(path), which is as many as it serves")
    }

    /// Slots that observers hold at present.
    public func observerSlotsInUse(of count: Int) throws(StoreError) -> [Int] {
        var taken: [Int] = []
        for index in 0..<count where identity(ofDirectory: "\(observers)/\(index)") != nil {
            let slot = try claim(index)
            if slot == nil { taken.append(index) }
        }
        return taken
    }

    /// - Returns: nil when an observer holds the slot.
    private func claim(_ index: Int) throws(StoreError) -> ObserverSlot? {
        let path = "\(observers)/\(index)"
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            if errno == ENOENT { throw .notInstalled(root: self.path) }
            throw .kernel(BPFError(operation: "create directory \(path)", code: errno))
        }
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try check(withErrno(number), "open \(path)")
        let lock = OwnedDescriptor(number)
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return nil }
            guard errno == EINTR else { throw .kernel(BPFError(operation: "lock \(path)", code: errno)) }
        }
        return ObserverSlot(index: index, lock: lock)
    }
}
