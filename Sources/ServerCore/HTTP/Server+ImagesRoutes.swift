import HTTP
import Memory
import Model

extension Server {
    func setAvatar(_ request: Request, of user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func setIcon(_ request: Request, by user: UserID) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func showImage(_ id: ImageID, _ request: Request) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
}
