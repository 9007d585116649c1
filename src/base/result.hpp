#pragma once
// A value or the reason why there is none. Mirrors the names of std::expected (C++23), which replaces it one
// day.

#include <cassert>
#include <utility>
#include <variant>

namespace parlor::base {

template <class E>
struct Unexpected {
  E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected<E> unexpected) : state_(std::in_place_index<1>, std::move(unexpected.error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  /// Precondition: has_value(); otherwise the program ends (std::bad_variant_access).
  [[nodiscard]] T& value() { return assert(has_value()), std::get<0>(state_); }
  [[nodiscard]] const T& value() const { return assert(has_value()), std::get<0>(state_); }
  [[nodiscard]] T& operator*() { return value(); }
  [[nodiscard]] const T& operator*() const { return value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  /// Precondition: !has_value().
  [[nodiscard]] const E& error() const { return assert(!has_value()), std::get<1>(state_); }

 private:
  std::variant<T, E> state_;
};

}  // namespace parlor::base
