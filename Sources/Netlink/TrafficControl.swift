import CLinux
import Glibc

/// Places in the tree of a device's queueing disciplines (linux/pkt_sched.h, whose macros Swift cannot import).
private enum Handle {
    /// TC_H_CLSACT: where the clsact qdisc hangs, beside the root.
    static let clsact: UInt32 = 0xffff_fff1
    /// What the kernel gives the clsact qdisc as its own handle.
    static let clsactMajor: UInt32 = 0xffff_0000
    /// TC_H_MIN_INGRESS and TC_H_MIN_EGRESS below it: where its filters hang.
    static let filters: [UInt32] = [0xffff_fff2, 0xffff_fff3]
}

extension NetlinkSocket {
    /// Removes the clsact qdisc of a device unless somebody's filters are on it: without any, it does nothing.
    /// - Returns: whether there was one to remove.
    @discardableResult
    public mutating func removeIdleClsact(ifindex: Int) throws(NetlinkError) -> Bool {
        let qdiscs = try list("list qdiscs", RTM_GETQDISC, RTM_NEWQDISC, ifindex: ifindex, parent: 0)
        guard qdiscs.contains(where: { $0.parent == Handle.clsact && $0.kind == "clsact" }) else { return false }
        for parent in Handle.filters {
            guard try list("list filters", RTM_GETTFILTER, RTM_NEWTFILTER, ifindex: ifindex, parent: parent).isEmpty else { return false }
        }
        try perform(.deleteClsact(ifindex: ifindex))
        return true
    }

    private mutating func list(
        _ operation: String, _ type: Int, _ reply: Int, ifindex: Int, parent: UInt32
    ) throws(NetlinkError) -> [(parent: UInt32, kind: String?)] {
        try dump("\(operation) of ifindex \(ifindex)", type) { writer in
            writer.append(tcmsg(ifindex: ifindex, parent: parent))
        } parse: { message throws(MalformedMessage) -> (parent: UInt32, kind: String?)? in
            guard message.type == reply else { return nil }
            let header = try message.header(tcmsg.self)
            guard Int(header.tcm_ifindex) == ifindex else { return nil }
            let attributes = try message.attributes(after: tcmsg.self)
            return (header.tcm_parent, attributes.first { $0.type == TCA_KIND }?.string)
        }
    }
}

extension MessageWriter {
    /// Writes the request to delete a device's clsact qdisc.
    mutating func deleteClsact(ifindex: Int, sequence: UInt32) {
        begin(RTM_DELQDISC, flags: NLM_F_REQUEST, sequence: sequence)
        append(tcmsg(ifindex: ifindex, handle: Handle.clsactMajor, parent: Handle.clsact))
        // The kernel refuses when another kind of qdisc hangs there.
        attribute(TCA_KIND, string: "clsact")
        end()
    }
}

extension tcmsg {
    fileprivate init(ifindex: Int, handle: UInt32 = 0, parent: UInt32) {
        self.init()
        tcm_family = UInt8(AF_UNSPEC)
        tcm_ifindex = Int32(truncatingIfNeeded: ifindex)
        tcm_handle = handle
        tcm_parent = parent
    }
}
