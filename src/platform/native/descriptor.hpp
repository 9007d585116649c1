#pragma once
// A file descriptor that is closed by whoever holds it last.

#include <unistd.h>

#include <utility>

namespace parlor::platform::native {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      if (value_ >= 0) ::close(value_);
      value_ = std::exchange(other.value_, -1);
    }
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] bool is_open() const { return value_ >= 0; }
  void close() { *this = Descriptor(); }

 private:
  int value_ = -1;
};

}  // namespace parlor::platform::native
