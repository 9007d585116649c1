// What the player asks of the room as its host.

#include "cubes/session.hpp"

namespace parlor::cubes {

void Session::change(SettingsChange wanted) {
  if (!inside_) return;
  const auto drop_same = [](auto& one, const auto& as_it_is) {
    if (one == as_it_is) one.reset();
  };
  drop_same(wanted.title, settings_.title);
  drop_same(wanted.size, settings_.size);
  drop_same(wanted.listed, settings_.listed);
  drop_same(wanted.locked, settings_.locked);
  drop_same(wanted.metadata, settings_.metadata);
  // Whether a password is the one that holds, nobody here knows; that there is none, everybody does.
  if (wanted.password && wanted.password->empty() && !settings_.has_password) wanted.password.reset();
  if (wanted != SettingsChange{}) asked(room_->update_settings(wanted));
}

void Session::kick(PlayerId id) {
  if (inside_) asked(room_->kick(PeerId{id}));
}

void Session::ban(PlayerId id) {
  if (inside_) asked(room_->ban(PeerId{id}));
}

void Session::make_host(PlayerId id) {
  if (inside_) asked(room_->make_host(PeerId{id}));
}

void Session::asked(RequestResult result) {
  const auto sentence = [result]() -> std::string_view {
    switch (result) {
      case RequestResult::sent:
        return "";
      case RequestResult::not_host:
        return "Only the host may do that.";
      case RequestResult::no_such_peer:
        return "That member has left.";
      case RequestResult::bad_settings:
        return "That is not possible: choose other values.";
      case RequestResult::not_connected:
        return "The server is out of reach. Try again when it is back.";
    }
    return "";
  }();
  if (!sentence.empty()) notify({.kind = NoticeKind::refused, .message = std::string(sentence)});
}

}  // namespace parlor::cubes
