public import Net

/// The way of one flow.
public struct FlowTrace: Sendable {
    public struct Hop: Sendable {
        /// Hop limit, from 1.
        public var number: Int
        /// nil: nobody answered.
        public var address: IPAddress?
        public var sent = 0
        /// ns, one for each answer.
        public var times: [UInt64] = []
        /// Bytes of the largest packet that gets here; nil when that was not asked, or is not known.
        public var mtu: Int?

        public init(number: Int, address: IPAddress? = nil, sent: Int = 0, times: [UInt64] = [], mtu: Int? = nil) {
            self.number = number
            self.address = address
            self.sent = sent
            self.times = times
            self.mtu = mtu
        }
    }

    public enum End: Hashable, Sendable {
        case reached
        /// A router said that it goes no further: the code of Destination Unreachable.
        case unreachable(code: UInt8)
        /// It came by a router again.
        case loop
        /// No answer from the destination.
        case silent
    }

    /// A link that is smaller than those before it.
    public struct Bottleneck: Hashable, Sendable {
        /// The number of the hop that packets get to and not beyond; 0: the source.
        public var hop: Int
        /// Who said so; nil: nobody did, and packets vanish.
        public var address: IPAddress?
        /// Bytes that were too many.
        public var size: Int
        /// Bytes that go through; nil: not known.
        public var mtu: Int?

        public init(hop: Int, address: IPAddress?, size: Int, mtu: Int?) {
            self.hop = hop
            self.address = address
            self.size = size
            self.mtu = mtu
        }
    }

    public var flow: ProbeFlow
    /// The destination is the last one, where it was reached.
    public var hops: [Hop]
    public var end: End
    public var bottlenecks: [Bottleneck] = []
    /// Bytes of the largest packet that gets all the way; nil: not asked, or not known.
    public var mtu: Int?

    public init(flow: ProbeFlow, hops: [Hop], end: End, bottlenecks: [Bottleneck] = [], mtu: Int? = nil) {
        self.flow = flow
        self.hops = hops
        self.end = end
        self.bottlenecks = bottlenecks
        self.mtu = mtu
    }
}
