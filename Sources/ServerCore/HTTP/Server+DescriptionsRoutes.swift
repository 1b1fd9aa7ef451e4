import HTTP
import Memory
import Model

extension Server {
    func showOpenAPI(_ request: Request) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
    func showAsyncAPI(_ request: Request) throws(Failure) {
        throw Failure(.notImplemented, "Not built yet")
    }
}
