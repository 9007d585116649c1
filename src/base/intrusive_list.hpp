#pragma once
// A doubly linked list whose links stand inside the elements: moving one to the end costs no search and no
// memory. Elements must outlive their time in the list and stay where they are.

namespace parlor::base {

template <class T>
struct ListLink {
  T* previous = nullptr;
  T* next = nullptr;
  bool linked = false;
};

/// `link` names the member of T that holds its place in this list.
template <class T, ListLink<T> T::*link>
class IntrusiveList {
 public:
  [[nodiscard]] T* front() const { return front_; }
  void push_back(T& element) {
    ListLink<T>& own = element.*link;
    own = {back_, nullptr, true};
    (back_ != nullptr ? (back_->*link).next : front_) = &element;
    back_ = &element;
  }
  /// Does nothing when the element is not in the list.
  void erase(T& element) {
    ListLink<T>& own = element.*link;
    if (!own.linked) return;
    (own.previous != nullptr ? (own.previous->*link).next : front_) = own.next;
    (own.next != nullptr ? (own.next->*link).previous : back_) = own.previous;
    own = {};
  }
  void move_to_back(T& element) {
    erase(element);
    push_back(element);
  }

 private:
  T* front_ = nullptr;
  T* back_ = nullptr;
};

}  // namespace parlor::base
