/// The scanner: code that stands at an address for the time of one eth_call (state override) and asks many contracts. It never fails as a
/// whole: each call has its own gas, whatever it answers is noted and not copied, and before a call for which too little gas is left it stops
/// and says so. Every answer begins with the block that it was made on. docs/formats/scanner.md has calldata and answer byte by byte.
object "Scanner" {
    code {
        // Memory: 0x00 to 0x23 is what is sent to a token, 0x40 the word that it answers, from 0x80 on the answer.
        switch byte(0, calldataload(0))
        case 1 { balances() }
        case 2 { calls() }
        default { revert(0, 0) }

        // Kind 1: 01 flags cap:4 accounts:2 tokens:2 account:20... token:20...
        function balances() {
            let flags := byte(1, calldataload(0))
            let cap := shr(224, calldataload(2))
            let firstToken := add(10, mul(20, shr(240, calldataload(6))))
            let end := add(firstToken, mul(20, shr(240, calldataload(8))))
            if or(gt(flags, 1), xor(calldatasize(), end)) { revert(0, 0) }
            let out := attest(1)
            if flags {
                for { let at := 10 } lt(at, firstToken) { at := add(at, 20) } {
                    if iszero(affords(0, 37, out)) { stopAt(out) }
                    out := putValue(out, balance(shr(96, calldataload(at))))
                }
            }
            mstore(0, shl(224, 0x70a08231)) // balanceOf(address)
            for { let token := firstToken } lt(token, end) { token := add(token, 20) } {
                for { let at := 10 } lt(at, firstToken) { at := add(at, 20) } {
                    if iszero(affords(cap, 37, out)) { stopAt(out) }
                    mstore(4, shr(96, calldataload(at)))
                    out := readBalance(shr(96, calldataload(token)), cap, out)
                }
            }
            return(0x80, sub(out, 0x80))
        }

        // Kind 2: 02 cap:4 most:4 count:2, and for each call to:20 size:2 data
        function calls() {
            let cap := shr(224, calldataload(1))
            let most := shr(224, calldataload(5))
            let count := shr(240, calldataload(9))
            let at := 11
            let out := attest(2)
            for { } count { count := sub(count, 1) } {
                let to := shr(96, calldataload(at))
                let size := shr(240, calldataload(add(at, 20)))
                at := add(at, 22)
                if iszero(affords(cap, add(add(most, size), 5), out)) { stopAt(out) }
                calldatacopy(out, at, size)
                at := add(at, size)
                out := makeCall(to, cap, most, size, out)
            }
            if xor(at, calldatasize()) { revert(0, 0) }
            return(0x80, sub(out, 0x80))
        }

        /// kind:1 number:8 timestamp:8 chainId:32 parentHash:32
        function attest(kind) -> out {
            mstore8(0x80, kind)
            mstore(0x81, shl(192, number()))
            mstore(0x89, shl(192, timestamp()))
            mstore(0x91, chainid())
            mstore(0xb1, blockhash(sub(number(), 1)))
            out := 0xd1
        }

        /// Whether a call can be given `cap` gas in full (EIP-150: at most 63/64 of what is left), `room` more bytes of memory be paid for, and
        /// enough be left to return.
        function affords(cap, room, out) -> yes {
            let words := shr(5, add(room, 127))
            let growth := add(mul(6, words), shr(8, mul(words, add(shr(5, out), words))))
            yes := gt(gas(), add(add(10000, growth), div(shl(6, cap), 63)))
        }

        /// Whether a call that began with `before` gas left spent 15/16 of its cap or more. A callee's own calls keep 1/64 back at each level, so
        /// whoever ran out of gas inside does not spend quite all.
        function starved(before, cap) -> yes {
            yes := iszero(lt(sub(before, gas()), sub(cap, shr(4, cap))))
        }

        /// 44: this one and all after it were not attempted.
        function stopAt(out) {
            mstore8(out, 0x44)
            return(0x80, sub(add(out, 1), 0x80))
        }

        /// size:1 and that many bytes, the first not zero: 00 alone is zero.
        function putValue(out, value) -> next {
            let size := 0
            let rest := value
            if shr(128, rest) { size := 16 rest := shr(128, rest) }
            if shr(64, rest) { size := add(size, 8) rest := shr(64, rest) }
            if shr(32, rest) { size := add(size, 4) rest := shr(32, rest) }
            if shr(16, rest) { size := add(size, 2) rest := shr(16, rest) }
            if shr(8, rest) { size := add(size, 1) rest := shr(8, rest) }
            if rest { size := add(size, 1) }
            mstore8(out, size)
            out := add(out, 1)
            mstore(out, shl(shl(3, sub(32, size)), value))
            next := add(out, size)
        }

        /// A value, or 40 no code, 41 reverted, 42 out of gas, 43 malformed with size:4 and at most 32 bytes.
        function readBalance(token, cap, out) -> next {
            next := add(out, 1)
            if iszero(extcodesize(token)) { mstore8(out, 0x40) leave }
            let before := gas()
            let success := staticcall(cap, token, 0, 0x24, 0, 0)
            if starved(before, cap) { mstore8(out, 0x42) leave }
            if iszero(success) { mstore8(out, 0x41) leave }
            if eq(returndatasize(), 32) {
                returndatacopy(0x40, 0, 32)
                next := putValue(out, mload(0x40))
                leave
            }
            next := putReturned(out, 0x43, 32)
        }

        /// 40 no code, 42 out of gas, or 45 returned and 41 reverted, both with size:4 and at most `most` bytes.
        function makeCall(to, cap, most, size, out) -> next {
            next := add(out, 1)
            if iszero(extcodesize(to)) { mstore8(out, 0x40) leave }
            let before := gas()
            let success := staticcall(cap, to, out, size, 0, 0)
            if starved(before, cap) { mstore8(out, 0x42) leave }
            let status := 0x41
            if success { status := 0x45 }
            next := putReturned(out, status, most)
        }

        function putReturned(out, status, most) -> next {
            let kept := returndatasize()
            mstore8(out, status)
            mstore(add(out, 1), shl(224, kept))
            if gt(kept, most) { kept := most }
            returndatacopy(add(out, 5), 0, kept)
            next := add(add(out, 5), kept)
        }
    }
}
