import Foundation
import HTTP
import Memory
@testable import ServerCore
import TestSupport
import XCTest

/// The description of the REST API against the table that routes.
final class DescriptionTests: XCTestCase {
    private struct Operation {
        let methods: Set<String>
        let needsToken: Bool
    }

    private func operations() throws -> [String: Operation] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/CDescriptions/openapi.json")
        let text = try Data(contentsOf: file)
        let document = try XCTUnwrap(JSONSerialization.jsonObject(with: text) as? [String: Any])
        let paths = try XCTUnwrap(document["paths"] as? [String: [String: [String: Any]]])
        return paths.mapValues { methods in
            Operation(
                methods: Set(methods.keys.map { $0.uppercased() }),
                needsToken: methods.values.allSatisfy { $0["security"] == nil })
        }
    }

    private func resource(at path: String) throws -> Resource {
        let address = path.replacingOccurrences(of: "{id}", with: "1")
            .replacingOccurrences(of: "{code}", with: "CODE")
        return try Resource.named(by: lend(address), in: .none)
    }

    private func methods(of resource: Resource) -> Set<String> {
        Set(
            [HTTPMethod.get, .post, .put, .patch, .delete]
                .filter { resource.methods.allows($0) }.map { "\($0.name)" })
    }

    func testEveryDescribedAddressKnowsExactlyItsMethods() throws {
        for (path, operation) in try operations() {
            XCTAssertEqual(operation.methods, methods(of: try resource(at: path)), path)
        }
    }

    func testATokenIsAskedForWhereTheDescriptionSaysSo() throws {
        for (path, operation) in try operations() {
            XCTAssertEqual(
                operation.needsToken, try resource(at: path).needsBearerToken, path)
        }
    }

    func testEveryResourceIsDescribed() throws {
        let described = try Set(operations().keys.map { kind(of: try resource(at: $0)) })
        XCTAssertEqual(described, Set(0...36))
    }

    /// A number for every kind: a new one does not compile until it has its own.
    private func kind(of resource: Resource) -> Int {
        switch resource {
        case .tokens: 0
        case .registration: 1
        case .tokenRecycling: 2
        case .users: 3
        case .user: 4
        case .userRoles: 5
        case .userRights: 6
        case .userTokens: 7
        case .ownUser: 8
        case .ownAvatar: 9
        case .ownPassword: 10
        case .ownStatus: 11
        case .community: 12
        case .communityIcon: 13
        case .channels: 14
        case .channel: 15
        case .channelChats: 16
        case .latestChats: 17
        case .channelThreads: 18
        case .channelRights: 19
        case .chats: 20
        case .chat: 21
        case .chatReactions: 22
        case .chatThread: 23
        case .thread: 24
        case .image: 25
        case .roles: 26
        case .role: 27
        case .invites: 28
        case .invite: 29
        case .openAPI: 30
        case .asyncAPI: 31
        case .health: 32
        case .metrics: 33
        case .client: 34
        case .ownChannelRights: 35
        case .limits: 36
        // What is for a browser, and the page that it shows, are no API.
        case .page, .trust, .trustedNames, .trustCheck, .preflight, .anyPassword, .chatsOfAnyone: -1
        }
    }
}
