import Model

/// Where a chat stands in the one order of all listings: by `createdAt`, then by id.
///
/// It is a single integer, the catalogue's and the text index's row number, so that every
/// list and every search comes out of its B-tree in order, from any position on: the moment,
/// with room below it for the chats of one millisecond (clients date chats back, so they
/// can be many). The epoch is that of the ids; 41 bits of milliseconds reach to 2091.
struct Place: Comparable {
    private static let epoch: Milliseconds = 1_633_867_200_000
    private static let tieBits: Int64 = 22
    private static let momentMax: Int64 = 1 << 41 - 1

    let value: Int64

    init(_ value: Int64) { self.value = value }

    /// The lowest place of a moment; moments outside 1970…2091 count as the nearest inside.
    init(firstAt moment: Milliseconds) {
        let clamped = min(max(moment, 0), Self.epoch + Self.momentMax)
        value = (clamped - Self.epoch) << Self.tieBits
    }

    /// The highest place of a moment.
    init(lastAt moment: Milliseconds) {
        value = Place(firstAt: moment).value | (1 << Self.tieBits - 1)
    }

    var createdAt: Milliseconds { value >> Self.tieBits + Self.epoch }

    static func < (left: Place, right: Place) -> Bool { left.value < right.value }

    /// The moment at which an id was made.
    static func moment(of id: ChatID) -> Milliseconds { id.value >> 12 + epoch }
}
