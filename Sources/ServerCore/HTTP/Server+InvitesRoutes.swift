import HTTP
import Memory
import Model

extension Server {
    func invites(_ request: Request, by user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func removeInvite(_ code: Bytes, _ request: Request, by user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
}
