import Net
import BGP
import BGPConfig
import FoundationEssentials
import Logging
import Store

/// Does what commands ask.
extension Speaker {
    func answerRequests() {
        let names = (try? runtime.documents()) ?? []
        removeOldAnswers(names)
        for name in names where name.hasPrefix("request-") {
            let document = (try? runtime.read(name)) ?? nil
            _ = try? runtime.remove(name)
            guard let document, let request = try? JSONDecoder().decode(SpeakerRequest.self, from: Data(document.bytes)) else { continue }
            let answer = answer(request)
            guard let bytes = try? JSONEncoder().encode(answer) else { continue }
            do {
                try runtime.write("answer-" + name.dropFirst(8), Array(bytes))
            } catch {
                log.warning("cannot answer a command", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Of commands that went away before they were answered.
    private func removeOldAnswers(_ names: [String]) {
        for name in names where name.hasPrefix("answer-") {
            guard let document = (try? runtime.read(name)) ?? nil else { continue }
            if Timestamp.now.nanoseconds - Int64(clamping: document.written) > 60_000_000_000 { _ = try? runtime.remove(name) }
        }
    }

    private func answer(_ request: SpeakerRequest) -> SpeakerAnswer {
        var answer = SpeakerAnswer(done: [], refused: [:], written: .now)
        if request.verb == .publish {
            publish()
            publishRoutes()
            return answer
        }
        let family: AddressFamily? = request.family.map { $0 == "ipv4" ? .ipv4Unicast : .ipv6Unicast }
        for driver in drivers.values.sorted(by: { $0.peer.key < $1.peer.key }) where !driver.isLeaving {
            guard request.peers.isEmpty || request.peers.contains(where: { driver.isNamed($0) }) else { continue }
            if let reason = refusal(driver, request.verb, family) {
                answer.refused[driver.peer.key] = reason
                continue
            }
            log.notice("\(request.verb.rawValue)", metadata: describe(driver))
            switch request.verb {
            case .refreshIn: handle(driver, .requestRefresh(family))
            case .refreshOut: handle(driver, .resend(family))
            case .reset: handle(driver, .stop(.reset(request.text ?? "")))
            case .publish: break
            }
            answer.done.append(driver.peer.key)
        }
        // The one who asked looks next.
        publish()
        return answer
    }

    private func refusal(_ driver: PeerDriver, _ verb: SpeakerRequest.Verb, _ family: AddressFamily?) -> String? {
        if verb == .reset { return driver.session.isStarted ? nil : driver.obstacle ?? "the session is not started" }
        guard let negotiated = driver.session.negotiated else { return "the session is not established" }
        if let family, !negotiated.families.contains(family) { return "\(family) was not negotiated" }
        return verb == .refreshIn && !negotiated.routeRefresh ? "the peer cannot refresh routes" : nil
    }
}

extension PeerDriver {
    /// Whether a command means this peer: its name, key, address with or without interface, or interface.
    func isNamed(_ text: String) -> Bool {
        let plain = title.filter { $0 != "[" && $0 != "]" }
        return [peer.name, peer.key, title, plain, remote?.address.description, interface].contains(text)
    }
}
