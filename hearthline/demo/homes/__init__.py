"""People who measure themselves at home: who they are, what their devices show, and the weeks behind them."""
