import Memory

/// The descriptions of both APIs (OpenAPI, AsyncAPI), as they are served.
public struct Descriptions: Sendable {
    let openAPI: Bytes
    let asyncAPI: Bytes

    /// Both must outlive the server.
    public init(openAPI: Bytes, asyncAPI: Bytes) {
        self.openAPI = openAPI
        self.asyncAPI = asyncAPI
    }

    public static let none = Descriptions(openAPI: Bytes("{}"), asyncAPI: Bytes("{}"))
}
