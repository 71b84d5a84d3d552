import CFabricABI
import CLinux
import Net

@testable import Flow

/// A history in plain memory, written as programs write it: reserve, 0, payload, number.
final class Ring: @unchecked Sendable {
    let cpus: Int
    let slots: Int
    let history: UnsafeMutableRawBufferPointer
    let positions: UnsafeMutableRawBufferPointer

    init(cpus: Int, slots: Int) {
        self.cpus = cpus
        self.slots = slots
        history = .allocate(byteCount: cpus * slots * FlowEvent.size, alignment: 64)
        positions = .allocate(byteCount: cpus * MemoryLayout<fabric_history_position>.stride, alignment: 64)
        history.initializeMemory(as: UInt8.self, repeating: 0)
        positions.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        history.deallocate()
        positions.deallocate()
    }

    func reader() throws -> HistoryReader {
        try HistoryReader(
            history: UnsafeRawBufferPointer(history), positions: UnsafeRawBufferPointer(positions), cpus: cpus, slots: slots, clock: clock)
    }

    private func position(_ cpu: Int) -> UnsafeMutableRawPointer {
        guard let base = positions.baseAddress else { preconditionFailure("allocated memory has an address") }
        return base + cpu * MemoryLayout<fabric_history_position>.stride
    }

    private func slot(_ cpu: Int, _ sequence: UInt64) -> UnsafeMutableRawPointer {
        guard let base = history.baseAddress else { preconditionFailure("allocated memory has an address") }
        return base + (cpu * slots + Int((sequence - 1) % UInt64(slots))) * FlowEvent.size
    }

    /// Takes the next number. Only one thread writes to a CPU's ring, as on a CPU.
    func reserve(cpu: Int) -> UInt64 {
        let sequence = clinux_load64(position(cpu)) + 1
        clinux_store64(position(cpu), sequence)
        return sequence
    }

    /// Marks the slot, then writes the payload; `pause` is called between the words.
    func begin(cpu: Int, sequence: UInt64, _ event: fabric_event, pause: (Int) -> Void = { _ in }) {
        let address = slot(cpu, sequence)
        clinux_store64(address, 0)
        withUnsafeBytes(of: event) { bytes in
            for offset in stride(from: 8, to: FlowEvent.size, by: 8) {
                clinux_store64(address + offset, bytes.load(fromByteOffset: offset, as: UInt64.self))
                pause(offset)
            }
        }
    }

    func finish(cpu: Int, sequence: UInt64) {
        clinux_store64(slot(cpu, sequence), sequence)
    }

    @discardableResult
    func write(cpu: Int, _ event: fabric_event) -> UInt64 {
        let sequence = reserve(cpu: cpu)
        begin(cpu: cpu, sequence: sequence, event)
        finish(cpu: cpu, sequence: sequence)
        return sequence
    }

    /// Every word of the payload tells the sequence number: a mixture of two events is found out.
    static func patterned(_ sequence: UInt64, time: UInt64) -> fabric_event {
        var event = fabric_event()
        event.time = time
        event.source.words = (sequence.bigEndian, (~sequence).bigEndian)
        event.destination.words = ((sequence &* 3).bigEndian, (sequence &* 5).bigEndian)
        let low = UInt32(truncatingIfNeeded: sequence)
        event.source_identity = low
        event.destination_identity = low &+ 1
        event.source_endpoint = low &+ 2
        event.destination_endpoint = low &+ 3
        event.length = low &+ 4
        event.nexthop = low &+ 5
        event.ifindex = low &+ 6
        event.egress_rule = low &+ 7
        event.ingress_rule = low &+ 8
        event.revision = low &+ 9
        event.flow_label = low &+ 10
        event.packets = low &+ 11
        event.hop_limit = UInt8(truncatingIfNeeded: sequence)
        return event
    }

    /// Whether this is one event and no mixture.
    static func isWhole(_ event: FlowEvent) -> Bool {
        let sequence = event.id.sequence
        let low = UInt32(truncatingIfNeeded: sequence)
        return event.source.high == sequence && event.source.low == ~sequence && event.destination.high == sequence &* 3
            && event.destination.low == sequence &* 5 && event.sourceIdentity == low && event.destinationIdentity == low &+ 1
            && event.sourceEndpoint == low &+ 2 && event.destinationEndpoint == low &+ 3 && event.length == low &+ 4 && event.nextHop == low &+ 5
            && event.interface == low &+ 6 && event.egressRule == low &+ 7 && event.ingressRule == low &+ 8 && event.revision == low &+ 9
            && event.flowLabel == low &+ 10 && event.packets == low &+ 11 && event.hopLimit == UInt8(truncatingIfNeeded: sequence)
    }
}
