import HTTP
import Memory
import Model

extension Server {
    func changeCommunity(_ request: Request, by user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func channel(_ id: ChannelID, _ request: Request, by user: UserID) throws(Failure) {
        try showChannel(id, request)
    }
    func chat(_ id: ChatID, _ request: Request, by user: UserID) throws(Failure) {
        try showChat(id, request)
    }
    func chatReactions(_ id: ChatID, _ request: Request, by user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
}
