"""Our templates, compiled to plain generators: none of them calls what must be awaited.

Datasette's environment compiles them to asynchronous ones, which look at the result of every call for whether it is to be awaited, and
hand each piece of a page through a loop of the layout: a fifth to two fifths of the time that a page takes to be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from jinja2 import Environment, Template

if TYPE_CHECKING:
    from datasette.app import Datasette

FOLDER = "clippings/"

_environments: WeakKeyDictionary[Datasette, Environment] = WeakKeyDictionary()


class _PlainTemplate(Template):
    async def render_async(self, *args: Any, **kwargs: Any) -> str:
        """As Datasette asks every template."""
        return self.render(*args, **kwargs)


def get_template(datasette: Datasette, name: str) -> Template:
    """The template of this name, compiled once for each Datasette."""
    if datasette not in _environments:
        _environments[datasette] = _make_environment(datasette.jinja_env)
    return _environments[datasette].get_template(f"{FOLDER}{name}")


def _make_environment(whole: Environment) -> Environment:
    """Datasette's environment with its filters, but without its templates."""
    plain = whole.overlay(enable_async=False)
    plain.template_class = _PlainTemplate
    return plain


def compile_all(datasette: Datasette) -> None:
    """Compile all our templates before the first page."""
    for path in datasette.jinja_env.list_templates():
        if path.startswith(FOLDER):
            get_template(datasette, path.removeprefix(FOLDER))
