import Crypto
import HTTP
import Memory
import Model
import Storage

// Who may come in: address, method, token.
extension Server {
    /// Judges a head: 404, 405, 401, in this order, before any body is read. A preflight is
    /// let through to anything (protocol A2): a browser shows its page no other answer's status.
    func admit(
        _ head: RequestHead, from address: PeerAddress
    ) throws(Failure) -> Admission {
        let isOperator = address == .controlSocket
        if head.method == .options {
            let asked = try? Resource.named(by: head.path, in: page, forOperator: isOperator)
            let allowed = head.path == "*" ? MethodSet.all : asked?.methods ?? []
            return Admission(resource: .preflight(allowed), user: nil)
        }
        let resource = try Resource.named(by: head.path, in: page, forOperator: isOperator)
        guard resource.methods.allows(head.method) else {
            throw Failure(allowing: resource.methods)
        }
        guard resource.needsBearerToken else {
            return Admission(resource: resource, user: nil)
        }
        guard let token = head.bearerToken else {
            guard isOperator else { throw .unauthorized }
            return Admission(resource: resource, user: try operatorsUser())
        }
        let bearer = try authenticate(token, from: address)
        return Admission(resource: resource, user: UserID(bearer.user))
    }

    /// The claims of a token that is valid now: signed by us, not run out, its user still
    /// there and the token not revoked. The username in them points into `scratch`.
    func authenticate(
        _ token: Bytes, from address: PeerAddress
    ) throws(Failure) -> TokenClaims {
        let claims = try verify(token, from: address)
        guard let account = try stored({ store throws(StorageError) in
            try store.account(UserID(claims.user))
        }) else { throw .unauthorized }
        let isCurrent =
            account.tokenGeneration == claims.generation
            || account.sparedToken != nil && account.sparedToken == TokenMark(token)
        guard isCurrent else { throw .unauthorized }
        return claims
    }

    /// A forged token can cost milliseconds: an address that has sent as many of them as it may
    /// make logins is answered 429, if its token is not one that was verified before.
    private func verify(
        _ token: Bytes, from address: PeerAddress
    ) throws(Failure) -> TokenClaims {
        let isCostly = options.verifiedTokens > 0
        let rate = options.loginRate
        let wait =
            isCostly
            ? addressLimits.wait(.forgery, of: address, at: rate, now: time.monotonic) : nil
        do throws(TokenError) {
            let claims = try tokens.verify(
                token, running: hub.running.seconds, checking: wait == nil, scratch: scratch)
            hub.running.noteUse()
            return claims
        } catch {
            switch error {
            case .unchecked:
                statistics.rateLimited += 1
                throw Failure(
                    .tooManyRequests, "Too many forged tokens from this address",
                    retryAfter: wait)
            case .badSignature where isCostly:
                _ = addressLimits.charge(.forgery, by: address, at: rate, now: time.monotonic)
            default: break
            }
            throw .unauthorized
        }
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
