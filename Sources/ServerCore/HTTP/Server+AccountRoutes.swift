import HTTP
import Memory
import Model

extension Server {
    func removeUser(_ id: UserID, _ request: Request, by user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func revokeTokens(of id: UserID, _ request: Request, by user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func ownUser(_ request: Request, _ user: UserID) throws(Failure) {
        try showUser(user, request)
    }
    func changePassword(_ request: Request, of user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func setStatus(_ request: Request, of user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
}
