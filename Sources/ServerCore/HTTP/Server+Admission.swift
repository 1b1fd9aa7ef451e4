import Crypto
import HTTP
import Memory
import Model
import Storage

// Who may come in: address, method, token.
extension Server {
    /// Judges a head: 404, 405, 401, in this order, before any body is read. A preflight is
    /// let through to anything (protocol A2).
    func admit(
        _ head: RequestHead, from address: PeerAddress
    ) throws(Failure) -> Admission {
        if head.method == .options {
            return Admission(resource: .preflight, user: nil, generation: 0)
        }
        let resource = try Resource.named(by: head.path)
        guard resource.methods.allows(head.method) else {
            throw Failure(allowing: resource.methods)
        }
        guard resource.needsBearerToken else {
            return Admission(resource: resource, user: nil, generation: 0)
        }
        guard let token = head.bearerToken else { throw .unauthorized }
        let bearer = try authenticate(token)
        return Admission(
            resource: resource, user: UserID(bearer.user), generation: bearer.generation)
    }

    /// The claims of a token that is valid now: signed by us, not expired, its user still
    /// there and the token not revoked. The username in them points into `scratch`.
    func authenticate(_ token: Bytes) throws(Failure) -> TokenClaims {
        let claims: TokenClaims
        do {
            claims = try tokens.verify(token, nowSeconds: hub.now / 1_000, scratch: scratch)
        } catch {
            throw .unauthorized
        }
        guard let account = try stored({ store throws(StorageError) in
            try store.account(UserID(claims.user))
        }), account.tokenGeneration == claims.generation
        else { throw .unauthorized }
        return claims
    }

    /// Runs a read of the store on behalf of a request.
    func stored<Result>(
        _ operation: (Store) throws(StorageError) -> Result
    ) throws(Failure) -> Result {
        do {
            return try operation(hub.store)
        } catch {
            throw Failure(HubError.storage(error))
        }
    }

    /// Runs a command of the hub on behalf of a request.
    func commanded<Result>(
        _ command: (inout Hub) throws(HubError) -> Result
    ) throws(Failure) -> Result {
        makeRoomInRing()
        do {
            return try command(&hub)
        } catch {
            throw Failure(error)
        }
    }

    /// 429 if the address does this too often.
    func charge(
        _ kind: AddressLimits.Kind, _ address: PeerAddress, at rate: Rate,
        _ message: StaticString
    ) throws(Failure) {
        guard let wait = addressLimits.charge(kind, by: address, at: rate, now: time.monotonic)
        else { return }
        statistics.rateLimited += 1
        throw Failure(.tooManyRequests, message, retryAfter: wait)
    }
}
