about='a dash that a word processor made'
words=(status –days 3)
err="typographic dash
did you mean '--days'"
