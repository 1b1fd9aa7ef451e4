import JSON
import Model

// What a client should know before it asks, so that it need not find out by being refused.
extension Server {
    /// Settings, by names that are like theirs.
    func showLimits(_ request: Request) {
        let limits = options.limits
        answer(request.exchange) { json in
            json.beginObject()
            json.member("registration", options.registration.name)
            json.member("usernameCharacters", Int64(limits.usernameScalarsMax))
            json.member("passwordBytesMin", Int64(limits.passwordBytesMin))
            json.member("passwordBytesMax", Int64(limits.passwordBytesMax))
            json.member("contentCharacters", Int64(limits.contentScalarsMax))
            json.member("nameCharacters", Int64(limits.nameScalarsMax))
            json.member("descriptionCharacters", Int64(limits.descriptionScalarsMax))
            json.member("imageBytes", Int64(limits.imageBytesMax))
            json.endObject()
        }
    }
}
