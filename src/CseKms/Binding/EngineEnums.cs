namespace CseKms.Binding;

/// <summary>
/// Enums that users see, as the engine's. A user's types must not come from the engine, which lives in a load context of its own, so that
/// these stand on both sides; a test holds their members alike.
/// </summary>
internal static class EngineEnums
{
    public static Core.Settings.CommitmentPolicy ToEngine(this CommitmentPolicy policy) => (Core.Settings.CommitmentPolicy)policy;

    public static Core.Settings.LegacyModes ToEngine(this LegacyModes modes) => (Core.Settings.LegacyModes)modes;
}
