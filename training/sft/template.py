"""The chat template of a base that has none. Knows no torch.

It needs no token that the base does not know: turns are under headings, and a response ends in the
token that ends texts. A response begins a line, so that no space is before it.
"""

_TURNS = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] + '\n\n' }}"
    "{% elif message['role'] == 'user' %}{{ 'USER:\n' + message['content'] + '\n\n' }}"
    "{% else %}{{ 'ASSISTANT:\n' + message['content'] + eos_token + '\n\n' }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:\n' }}{% endif %}"
)


def template(*, begun: bool) -> str:
    """Return a template; one for models whose texts are all `begun` by a token writes that too.

    Servers add no token to what a template has written.
    """
    return ("{{ bos_token }}" if begun else "") + _TURNS
