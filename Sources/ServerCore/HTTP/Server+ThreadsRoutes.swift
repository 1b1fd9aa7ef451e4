import ConcordProtocol
import HTTP
import JSON
import Memory
import Model

// Threads (protocol C4).
extension Server {
    func listThreads(
        in channel: ChannelID, _ request: Request, for user: UserID
    ) throws(Failure) {
        try commanded { hub throws(HubError) in try hub.checkVisible(channel, to: user) }
        try list(.threads(in: channel, after: nil), for: request)
    }

    func createThread(on chat: ChatID, _ request: Request, by user: UserID) throws(Failure) {
        let name = try decoded { () throws(AttributeError) in
            try SingleText.decode(request.body, "name", options.limits.name, scratch: scratch)
        }
        let thread = try commanded { hub throws(HubError) in
            try hub.createThread(on: chat, name: name, by: user)
        }
        answer(request.exchange) { $0.thread(thread) }
    }

    func showThread(_ id: ThreadID, _ request: Request, for user: UserID) throws(Failure) {
        let thread = try commanded { hub throws(HubError) in try hub.visibleThread(id, to: user) }
        answer(request.exchange) { $0.thread(thread) }
    }
}
