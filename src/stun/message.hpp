#pragma once
// A STUN message as it came from the wire: checked once, then read in place (RFC 8489 §5, §6.3, §14).
//
// What it does not do: decide whether the message is authentic (integrity.hpp), expected or allowed.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

#include "base/bytes.hpp"
#include "stun/types.hpp"

namespace parlor::stun {

/// One attribute, its value without the padding. Not owned.
struct Attribute {
  AttributeType type{};
  base::BytesView value;
};

/// The attributes of a message that count, in their order: those after MESSAGE-INTEGRITY are left out except
/// MESSAGE-INTEGRITY-SHA256 and FINGERPRINT, those after MESSAGE-INTEGRITY-SHA256 except FINGERPRINT (RFC
/// 8489 §9): anybody on the way could have added them.
class AttributeRange {
 public:
  class Iterator {
   public:
    using value_type = Attribute;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const Attribute*;
    using reference = const Attribute&;

    Iterator() = default;
    /// `rest`: whole attributes with their padding.
    explicit Iterator(base::BytesView rest) : rest_(rest) { advance(); }
    const Attribute& operator*() const { return current_; }
    const Attribute* operator->() const { return &current_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      advance();
      return before;
    }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.at_end_; }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.at_end_ == b.at_end_ && a.rest_.size() == b.rest_.size();
    }

   private:
    enum class Seen : std::uint8_t { none, integrity, integrity_sha256 };
    void advance();
    bool counts(AttributeType type);

    base::BytesView rest_;
    Attribute current_;
    Seen seen_ = Seen::none;
    bool at_end_ = true;
  };

  explicit AttributeRange(base::BytesView attributes) : attributes_(attributes) {}
  [[nodiscard]] Iterator begin() const { return Iterator(attributes_); }
  [[nodiscard]] static std::default_sentinel_t end() { return std::default_sentinel; }

 private:
  base::BytesView attributes_;
};

/// A view: the bytes must outlive it.
class Message {
 public:
  /// A whole message and nothing else: two zero bits, magic cookie, a length that is a multiple of 4 and fits
  /// exactly, attributes that fit in it, FINGERPRINT the last of them if it is there. Nothing for anything
  /// else.
  static std::optional<Message> parse(base::BytesView bytes);
  /// Also takes messages of RFC 3489, which have no cookie. Not for a socket that carries other protocols too
  /// (RFC 5389 §12.2).
  static std::optional<Message> parse_with_classic(base::BytesView bytes);

  [[nodiscard]] MessageClass message_class() const { return decode_class(type_); }
  [[nodiscard]] Method method() const { return decode_method(type_); }
  [[nodiscard]] bool is(MessageClass message_class, Method method) const {
    return type_ == encode_type(message_class, method);
  }
  /// Without the cookie: from a client of RFC 3489.
  [[nodiscard]] bool is_classic() const { return classic_; }
  [[nodiscard]] TransactionId transaction_id() const;
  /// Cookie and transaction id, 16 bytes: what an answer repeats and what addresses are masked with.
  [[nodiscard]] base::BytesView cookie_and_id() const { return bytes_.subspan(4, 16); }

  [[nodiscard]] AttributeRange attributes() const { return AttributeRange(bytes_.subspan(kHeaderSize)); }
  /// The first of this type that counts (RFC 8489 §14: later ones may be ignored).
  [[nodiscard]] std::optional<base::BytesView> find(AttributeType type) const;
  [[nodiscard]] bool has(AttributeType type) const { return find(type).has_value(); }
  /// The value of an attribute of attributes.hpp; nothing when it is absent or malformed (`has` tells which).
  template <class A>
  [[nodiscard]] auto read() const {
    const auto value = find(A::kType);
    return value ? A::decode(*value, *this) : decltype(A::decode(*value, *this)){};
  }

  [[nodiscard]] base::BytesView bytes() const { return bytes_; }

 private:
  Message(base::BytesView bytes, std::uint16_t type, bool classic)
      : bytes_(bytes), type_(type), classic_(classic) {}

  base::BytesView bytes_;
  std::uint16_t type_;
  bool classic_;
};

}  // namespace parlor::stun
