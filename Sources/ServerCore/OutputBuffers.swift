import Memory

/// What answers are built in: a pool of buffers, each with the listing that may be streaming
/// through it.
struct OutputBuffers: ~Copyable {
    private var slots: SlotPool
    private let listings: UnsafeMutablePointer<Listing?>
    private let searches: MutableBytes

    init(capacity: Int, bytesEach: Int) {
        slots = SlotPool(capacity: capacity, slotBytes: bytesEach)
        listings = .allocate(capacity: capacity)
        listings.initialize(repeating: nil, count: capacity)
        searches = .allocate(capacity * Listing.searchBytesMax)
    }

    deinit {
        listings.deallocate()
        searches.base.deallocate()
    }

    var isExhausted: Bool { slots.isExhausted }
    /// Less than three quarters are free.
    var isScarce: Bool { slots.count * 4 > slots.capacity }
    var count: Int { slots.count }
    var highWaterMark: Int { slots.highWaterMark }
    var bytesEach: Int { slots.slotBytes }

    mutating func acquire() -> SlotPool.Slot? {
        guard let slot = slots.acquire() else { return nil }
        listings[Int(slot.index)] = nil
        return slot
    }

    mutating func release(_ slot: SlotPool.Slot) { slots.release(slot) }

    @inline(__always)
    subscript(slot: SlotPool.Slot) -> MutableBytes { slots[slot] }

    /// The listing that goes on when this buffer has been sent; nil if the answer is whole.
    func listing(of slot: SlotPool.Slot) -> UnsafeMutablePointer<Listing?> {
        listings + Int(slot.index)
    }

    /// Where the listing of this buffer keeps its search text.
    func search(of slot: SlotPool.Slot) -> MutableBytes {
        let start = Int(slot.index) * Listing.searchBytesMax
        return searches[start..<start + Listing.searchBytesMax]
    }
}
