import HTTP
import Memory
import Model

extension Server {
    func listThreads(in channel: ChannelID, _ request: Request, for user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func createThread(on chat: ChatID, _ request: Request, by user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func showThread(_ id: ThreadID, _ request: Request, for user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
}
