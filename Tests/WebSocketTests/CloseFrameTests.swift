import TestSupport
import WebSocket
import XCTest

final class CloseFrameTests: XCTestCase {
    func testCodesThatMayBeReceived() {
        for code in UInt16.min...UInt16.max {
            let isValid: Bool
            switch code {
            case 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014:
                isValid = true
            case 3000...4999: isValid = true
            default: isValid = false
            }
            let seen = outcomes(of: [stream(ClientFrame.close(code))])
            XCTAssertEqual(seen, isValid ? [.close(code, [])] : [.refused(.invalidCloseCode)])
        }
    }

    func testACloseFrameHasACodeOrNothing() {
        assertOutcomes(stream(ClientFrame(.close)), [.close(nil, [])])
        assertOutcomes(stream(ClientFrame.close(1000)), [.close(1000, [])])
        assertRefused(stream(ClientFrame(.close, [3])), .truncatedCloseCode)
        assertRefused(stream(ClientFrame(.close, [0, 0])), .invalidCloseCode)
    }

    func testTheReasonIsText() {
        let longest = [UInt8](repeating: 0x7A, count: 123)
        assertOutcomes(stream(ClientFrame.close(4999, longest)), [.close(4999, longest)])
        assertOutcomes(
            stream(ClientFrame.close(1001, Array("tschüß".utf8))),
            [.close(1001, Array("tschüß".utf8))])
        for reason in [[0x61, 0xFF], [0xC3], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            assertRefused(stream(ClientFrame.close(1000, reason)), .invalidCloseReason)
        }
    }

    func testErrorsCloseWithTheCodeOfTheirKind() {
        let table: [(WebSocketError, UInt16)] = [
            (.reservedBits, 1002), (.unknownOpcode, 1002), (.unmaskedFrame, 1002),
            (.fragmentedControlFrame, 1002), (.oversizedControlFrame, 1002),
            (.unexpectedContinuation, 1002), (.unfinishedMessage, 1002),
            (.nonMinimalLength, 1002), (.excessiveLength, 1002), (.truncatedCloseCode, 1002),
            (.invalidCloseCode, 1002), (.invalidCloseReason, 1007), (.invalidText, 1007),
            (.messageTooBig, 1009),
        ]
        for (error, code) in table { XCTAssertEqual(error.closeCode.rawValue, code) }
    }

    func testCodesHaveTheirRegisteredNumbers() {
        let table: [(CloseCode, UInt16)] = [
            (.normal, 1000), (.goingAway, 1001), (.protocolError, 1002),
            (.unsupportedData, 1003), (.invalidPayload, 1007), (.policyViolation, 1008),
            (.messageTooBig, 1009), (.internalError, 1011), (.serviceRestart, 1012),
            (.tryAgainLater, 1013), (.replaced, 4000), (.tokenExpired, 4001),
            (.fellBehind, 4002),
        ]
        for (code, number) in table { XCTAssertEqual(code.rawValue, number) }
    }
}
