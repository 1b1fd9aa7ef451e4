/// Every way of cutting an input that a decoder must not notice: whole, byte by byte,
/// and in two at each split point.
public func forEverySplit(
    of input: [UInt8], _ body: (_ pieces: [[UInt8]], _ name: String) throws -> Void
) rethrows {
    try body([input], "whole")
    try body(input.map { [$0] }, "byte by byte")
    guard input.count > 1 else { return }
    for cut in 1..<input.count {
        try body([Array(input[..<cut]), Array(input[cut...])], "split at \(cut)")
    }
}
